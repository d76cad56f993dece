#!/bin/sh
# Development certificates in $SHOPFLOW_CERTS, and beside it one folder for each service named: what is its own, alone.
set -eu
python manage.py dev_certs
for name; do
    own=$(dirname "$SHOPFLOW_CERTS")/$name
    mkdir -p -m 0700 "$own"
    for file in ca.crt "$name.crt" "$name.key"; do
        cp -p "$SHOPFLOW_CERTS/$file" "$own/.$file"
        mv "$own/.$file" "$own/$file"
    done
done
