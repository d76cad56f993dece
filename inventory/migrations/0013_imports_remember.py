from django.db import migrations, models


class Migration(migrations.Migration):
    """What a check knew of, and since when a file is not kept. Nullable and without a default: no row is touched."""

    dependencies = [("inventory", "0012_sku_is_written_large")]

    operations = [
        migrations.AddField(
            model_name="importrow",
            name="seen",
            field=models.BigIntegerField(
                null=True, help_text="The last movement of the product that the check knew of."
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="purged_at",
            field=models.DateTimeField(null=True, help_text="Since when its file is not kept any more."),
        ),
    ]
