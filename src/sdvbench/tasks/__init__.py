"""What the outputs of networks mean and how they are scored, a room a task."""
