"""The baseline: the same order placed by plain Django REST framework and the ORM, in one app with one database."""
