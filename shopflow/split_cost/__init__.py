"""What moving a context out of a running monolith would cost, from the monolith's own figures."""
