from django.db import migrations

CREATE = [
    "DROP INDEX CONCURRENTLY IF EXISTS log_of_one",
    "CREATE INDEX CONCURRENTLY log_of_one ON django_admin_log (content_type_id, object_id, action_time)",
]
DROP = "DROP INDEX CONCURRENTLY IF EXISTS log_of_one"


class Migration(migrations.Migration):
    """The history of one product, order or import is read without the log of all the others."""

    atomic = False
    dependencies = [("back_office", "0002_groups"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [migrations.RunSQL(CREATE, DROP)]
