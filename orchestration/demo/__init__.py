"""`ticketlake demo`: the main job against the embedded instance, and its figures held against the truth."""
