"""nginx as a peer: one process that logs no requests, with everything it writes in one folder."""

import tempfile

CONFIGURATION = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    default_type application/octet-stream;
    client_max_body_size 64m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
    server {{ listen 127.0.0.1:{port}; {server} }}
}}
"""


def command(parent, port, server, http=""):
    """The command that starts it, with the statements of its `server` and of what is around that, in a folder of its own
    below `parent`: what it complains of is in `error.log` there."""
    folder = tempfile.mkdtemp(prefix="nginx-", dir=parent)
    path = f"{folder}/nginx.conf"
    with open(path, "w") as configuration:
        configuration.write(CONFIGURATION.format(folder=folder, port=port, server=server, http=http))
    return ["nginx", "-c", path, "-p", folder, "-e", f"{folder}/error.log"]
