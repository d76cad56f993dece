"""`manage.py up_split`: every process of the split on this machine, under one supervisor."""
