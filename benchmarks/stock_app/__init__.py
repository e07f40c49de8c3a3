"""Click-to-recolour as streamlit-folium's documentation shows it, to be measured beside the map editor."""
