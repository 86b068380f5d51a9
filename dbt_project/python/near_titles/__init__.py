"""Which masked titles (signatures) are one problem written differently; see `groups.assign`.

Similarity is a matter of two signatures alone, never of how often a word occurs in the warehouse: the same
signatures in the same order make the same groups, whatever else was loaded and however it was cut into batches.
"""
