from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

INDEXES = {
    "product_words_off_sale": "(search)",
    "product_names_off_sale": "(name gin_trgm_ops)",
}
CREATE_INDEXES = [
    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON inventory_product USING gin {column} WHERE NOT active"
    for name, column in INDEXES.items()
]
DROP_INDEXES = [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in INDEXES]

CREATE_LIKENESS = """
CREATE OR REPLACE FUNCTION inventory_products_off_sale_named_like(misspelt text) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 100 SET pg_trgm.word_similarity_threshold = 0.45 AS $$
    SELECT id FROM inventory_product WHERE NOT active AND misspelt <% name LIMIT 2000
$$
"""
DROP_LIKENESS = "DROP FUNCTION IF EXISTS inventory_products_off_sale_named_like"


class Migration(migrations.Migration):
    """What the back office lists and finds besides what is on sale.

    Drafts and archived products have indexes of words and names of their own: they are few, and what is on sale, which
    is many, is written to no second one. Built while sales go on; a run that was cut short can be repeated, once the
    index that it left invalid is dropped.
    """

    atomic = False
    dependencies = [("inventory", "0010_ledger_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index("id", condition=Q(archived_at__isnull=False), name="product_archived"),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index("category", "id", name="product_of_category"),
        ),
        migrations.RunSQL(CREATE_INDEXES, DROP_INDEXES),
        migrations.RunSQL(CREATE_LIKENESS, DROP_LIKENESS),
    ]
