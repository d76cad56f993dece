import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    """How it is called on pages; the database is not touched."""

    dependencies = [("inventory", "0011_catalogue_of_staff")]

    operations = [
        migrations.AlterField(
            model_name="product",
            name="sku",
            field=models.CharField(
                max_length=64,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9][A-Za-z0-9._/-]*\\Z", "Letters, digits and . _ / - only."
                    )
                ],
                verbose_name="SKU",
            ),
        ),
    ]
