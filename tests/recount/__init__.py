"""Every metric counted once more in pandas, from the published tickets and the settings of their instance.

Nothing here is shared with the models: what a word means is read from the contract once more.
"""
