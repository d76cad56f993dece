"""The e-mails that tell customers of their orders."""
