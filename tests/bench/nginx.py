"""nginx as it is measured: from a file, and in front of the site as deploy/nginx has it."""

import os
from pathlib import Path


def user_line() -> str:
    return "user root;" if os.geteuid() == 0 else ""


def conf(name: str, port: int, folder: Path, place: str) -> str:
    return AROUND.format(place=place, port=port, folder=folder, name=name, user=user_line())


def files_of(folder: Path) -> str:
    return f"root {folder};"


def front_of(site: int, media: Path) -> str:
    return FRONT.format(site=site, media=media)


FRONT = """
        location /media/ {{ alias {media}/; }}
        location / {{
            proxy_pass http://127.0.0.1:{site};
            proxy_set_header Host marquee.example;
            proxy_set_header X-Forwarded-Proto https;
        }}
"""
AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000;
    include /etc/nginx/mime.types;
    default_type text/html;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    open_file_cache max=100;
    server {{
        listen 127.0.0.1:{port};
        {place}
    }}
}}
"""
