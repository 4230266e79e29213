"""`python -m oyez` is `oyez`."""

from oyez.cli import main

if __name__ == "__main__":
    main()
