"""IIIF Presentation 2 and 3: `manifest` reads the JSON, `read` makes drafts."""
