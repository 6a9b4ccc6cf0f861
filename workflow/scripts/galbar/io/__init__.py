"""Files: read checked, written whole.

In come paths of images, archives, CSV and HDF5 files; out go arrays and tables that have been
checked, and files that appear complete or not at all.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "atomic": [
            "atomic_folder",
            "atomic_write",
            "explain_write_errors",
            "file_digest",
            "write_csv",
            "write_json",
        ],
        "csv_columns": ["Column", "find_columns", "read_table"],
        "decoded_images": [
            "DecodedImages",
            "each_image",
            "write_decoded_images",
            "write_stamps",
        ],
        "download": ["RETRIED", "TransferError", "download", "forget_part", "transfer"],
        "galaxy_tables": [
            "count_galaxies",
            "is_unit",
            "list_columns",
            "read_galaxy_table",
            "split_unit",
            "table_format",
            "table_stem",
        ],
        "image_archives": [
            "describe_image",
            "explain_absence",
            "find_source",
            "has_image",
            "images_by_stem",
            "is_image",
            "list_images",
            "log_not_taken",
            "open_image_file",
            "source_problem",
        ],
        "images": [
            "IMAGE_SIDE",
            "LUMA",
            "canvas_shape",
            "centre_crop",
            "greyscale",
            "load_canvas",
            "map_ahead",
            "pixel_scale",
            "read_canvas",
            "read_image",
            "scale_canvas",
        ],
        "job_log": ["announce", "print_outside", "progress", "start_log"],
        "joined_hdf5": ["are_same", "check_sources", "join_files", "open_dataset"],
        "result_tables": ["read_result_table"],
        "shards": [
            "BEFORE_SHARDS",
            "PATH_END",
            "count_rows",
            "list_path_ends",
            "list_shards",
            "rows_of_shard",
            "shard_of_path_end",
        ],
    },
)
