"""ShopFlow measured against what it claims: `python -m bench`."""
