"""What a detector's outputs mean and how they are scored."""
