"""The script that Streamlit runs for every drawing."""

from dashboard.app import main

main()
