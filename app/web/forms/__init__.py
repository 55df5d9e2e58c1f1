"""Form classes: request data to drafts, nothing else."""
