"""What Streamlit is pointed at. It lies alone: a folder `pages` beside it would be taken for pages of its own."""
