"""The configuration as a document that can be recorded, compared and brought back."""
