"""IIIF Presentation 2 and 3: `manifest` reads the JSON, `web` fetches politely, `read` makes drafts."""
