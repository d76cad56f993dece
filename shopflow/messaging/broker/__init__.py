"""Events and jobs over a broker, by Celery. Only processes that need it import this: `worker`, `beat` and `relay`."""
