"""Files of products and of stock counts: checked first, applied as a whole or not at all, and undone by the ledger.

`deciding.py` writes down what a person wants; `job.py` does it in the background, in one
transaction per step: `checking.py` finds the differences, `applying.py` makes them, `undoing.py` takes them back.
`purging.py` forgets old files.
"""
