def wrap_client(client, current, path, service, tags, ask_usage): raise NotImplementedError
