from contracts.tests.previous import record

record()
