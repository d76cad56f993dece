"""What must hold in a shop at any moment. `manage.py verify_shop` proves it on a live database."""
