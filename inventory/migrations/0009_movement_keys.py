from django.db import migrations, models


class Migration(migrations.Migration):
    """A form that is sent twice counts once. Nullable and without a default: no row is touched."""

    dependencies = [("inventory", "0007_imports")]

    operations = [
        migrations.AddField(
            model_name="stockmovement",
            name="key",
            field=models.UUIDField(
                blank=True, editable=False, help_text="Of the form that it was entered with.", null=True
            ),
        ),
    ]
