"""What drives: images to commands, and how right these are."""
