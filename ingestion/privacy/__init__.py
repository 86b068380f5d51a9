"""What is stored of persons: an instance's privacy policy and erasures, applied before rows are loaded."""
