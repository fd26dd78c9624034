"""Arguments of the file's own, one of them given, and a user class that is named."""
# options: Picked --copies 3

from counted_run import finish
from locust import HttpUser, events, task


@events.init_command_line_parser.add_listener
def on_parser(parser):
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--colour", choices=["red", "blue"], default="blue")
    parser.add_argument("--token", is_secret=True, default="hidden")


class Picked(HttpUser):
    @task
    def visit(self):
        options = self.environment.parsed_options
        for _ in range(options.copies):
            self.client.get("/json", name=f"{options.colour} {options.token}")
        finish(self.environment)


class Left(HttpUser):
    @task
    def never(self):
        self.client.get("/json", name="never")
