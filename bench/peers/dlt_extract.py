"""Copies one Postgres table to Parquet with dlt. Arguments: url, table, folder, backend (pyarrow or connectorx)."""
import os
import sys

url, table, folder, backend = sys.argv[1:5]
os.environ["DLT_DATA_DIR"] = os.path.join(folder, "dlt")
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from dlt.sources.sql_database import sql_table

source = sql_table(
    credentials=url.replace("postgres://", "postgresql+psycopg2://") if backend != "connectorx" else url.replace("postgres://", "postgresql://"),
    schema="public",
    table=table,
    backend=backend,
    chunk_size=50_000,
    reflection_level="full_with_precision",
)
pipeline = dlt.pipeline(
    pipeline_name=f"bench_{backend}",
    destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/out"),
    dataset_name="bench",
    pipelines_dir=os.path.join(folder, "pipelines"),
)
pipeline.run(source, loader_file_format="parquet", write_disposition="replace")
