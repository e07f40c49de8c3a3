"""`python -m footprints.cli`, for machines where the `footprints` script is not on the path."""

from footprints.cli import main

main()
