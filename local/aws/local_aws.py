"""Starts the local AWS, with what it lacks of AppSync Events: `ministack.py` runs it in ministack's own Python.

Its CloudFormation makes no Event APIs, it lets the Lambda authoriser judge what is signed for IAM too, and it finds an
API by a name that no resolver here knows.
"""

import json
import os

from ministack import app as ministack
from ministack.services import appsync_events
from ministack.services.cloudformation import provisioners

ADDRESS = f"127.0.0.1:{os.environ['GATEWAY_PORT']}"
serve = ministack.app
ask_the_authoriser = appsync_events._authorize_event_op
apis = []


def made(create, *arguments, of):
    status, _, body = create(*arguments, json.dumps(provisioners._pascal_to_camel(of)))
    if status != 200:
        raise ValueError(body.decode())
    [resource] = json.loads(body).values()
    return resource


def make_api(_logical_id, properties, _stack):
    api = made(appsync_events._create_api, of=properties)
    apis.append(api["apiId"])
    return api["apiArn"], {"ApiId": api["apiId"], "ApiArn": api["apiArn"], "Dns.Http": ADDRESS, "Dns.Realtime": ADDRESS}


def make_namespace(_logical_id, properties, _stack):
    arn = made(appsync_events._create_channel_namespace, properties["ApiId"], of=properties)["channelNamespaceArn"]
    return arn, {"ChannelNamespaceArn": arn}


async def authorise(api, channel, operation, shown, headers=None):
    """As the channel's namespace says for this operation."""
    modes = appsync_events._operation_auth_modes(api, channel, operation)
    if "AWS_LAMBDA" in modes:
        return await ask_the_authoriser(api, channel, operation, shown, headers)
    return appsync_events._modes_accept(api, modes, shown)


async def serve_channels(scope, receive, send):
    """By its path, the last Event API answers at the address of all services."""
    name = {"/event": "appsync-api", "/event/realtime": "appsync-realtime-api"}.get(scope.get("path"))
    if name and apis:
        others = [(header, value) for header, value in scope["headers"] if header.lower() != b"host"]
        scope = {**scope, "headers": [*others, (b"host", f"{apis[-1]}.{name}.localhost".encode())]}
    await serve(scope, receive, send)


provisioners._RESOURCE_HANDLERS |= {
    "AWS::AppSync::Api": {"create": make_api},
    "AWS::AppSync::ChannelNamespace": {"create": make_namespace},
}
appsync_events._authorize_event_op = authorise
ministack.app = serve_channels

if __name__ == "__main__":
    ministack.main()
