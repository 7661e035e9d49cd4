"""The simulator that comes with sdvbench: a car with a camera on a closed circuit."""
