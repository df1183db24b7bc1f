"""What running campaigns needs: results of recipients, and which calls and campaigns are next."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.columns import Flag, Json
from models.migrations._operations import RunSql, TrackFields


class Migration(migrations.Migration):
    """Adds the columns and the indexes."""

    dependencies = [("models", "0001_initial")]

    initial = False

    operations = [
        TrackFields(
            ops.AddField(model_name="Recipient", name="result", field=Json(null=True)),
            ops.AddField(model_name="Campaign", name="clearing", field=Flag()),
        ),
        RunSql(forward=["0002/forward.sql"], backward=["0002/backward.sql"]),
    ]
