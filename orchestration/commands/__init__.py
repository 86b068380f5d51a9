"""The commands of `ticketlake`, a module for each subject."""
