"""What Streamlit is pointed at. It lies alone: a folder `pages` beside its script would be taken for pages of its own."""
