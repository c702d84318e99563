from django.db import models


class ClockRun(models.Model):
    """When the clock last began a job, and when one last came to its end without an error."""

    command = models.CharField(max_length=100, primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.command
