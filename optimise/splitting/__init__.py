"""From the whole area to the parts that are solved on their own: nests, joined districts, merged nodes."""
