from django.db import migrations

ASIDE = """
DROP TRIGGER keep_is_low ON inventory_product;
CREATE TRIGGER begin_is_low BEFORE INSERT ON inventory_product
    FOR EACH ROW WHEN (NEW.low_stock_at IS NOT NULL) EXECUTE FUNCTION inventory_keep_is_low();

CREATE FUNCTION inventory_turn_is_low() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_product SET is_low = coalesce(stock <= low_stock_at, false) WHERE id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER turn_is_low AFTER UPDATE OF stock, low_stock_at ON inventory_product
    FOR EACH ROW WHEN (NEW.is_low IS DISTINCT FROM coalesce(NEW.stock <= NEW.low_stock_at, false))
    EXECUTE FUNCTION inventory_turn_is_low();
"""
BESIDE = """
DROP TRIGGER turn_is_low ON inventory_product;
DROP FUNCTION inventory_turn_is_low;
DROP TRIGGER begin_is_low ON inventory_product;
CREATE TRIGGER keep_is_low BEFORE INSERT OR UPDATE OF stock, low_stock_at ON inventory_product
    FOR EACH ROW WHEN (NEW.low_stock_at IS NOT NULL OR NEW.is_low) EXECUTE FUNCTION inventory_keep_is_low();
"""


class Migration(migrations.Migration):
    """Where a table has any trigger before its updates, PostgreSQL makes every generated column anew: a sale would look
    up each word of the description. After them, it does so only where the threshold is crossed.
    """

    dependencies = [("inventory", "0013_imports_remember")]

    operations = [migrations.RunSQL(ASIDE, BESIDE)]
