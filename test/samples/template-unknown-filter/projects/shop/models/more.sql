select {% if 1 is defind %} 1 {% endif %} as a
