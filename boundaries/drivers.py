"""GDAL with five drivers only: nothing that could follow a disguised file elsewhere is left standing.

A file called `boundaries.geojson` may hold a VRT, a GDALG pipeline or a WFS descriptor, with which GDAL would read
other files or call other servers (reliability.md 1.1). So `guard` runs before anything of this package is used.
"""

from __future__ import annotations

import os

ALLOWED_DRIVERS = frozenset({"GeoJSON", "GPKG", "ESRI Shapefile", "CSV", "MEM"})
_KNOWN_DRIVERS = (
    "PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,GML,GPX,LIBKML,KML,GeoJSONSeq,"
    "ESRIJSON,TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,DXF,FlatGeobuf,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,OGR_PDS,WFS,"
    "OAPIF,EDIGEO,Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,"
    "GTFS,PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP"
)


class DriverGuardError(RuntimeError):
    """GDAL kept drivers that this project does not allow; nothing may be read in such a process."""


def guard() -> None:
    """Leave GDAL with `ALLOWED_DRIVERS` only, whether or not it was loaded before; called once, on import.

    The environment is set first (child processes inherit it and GDAL reads it as it loads); the list is that of the
    wheels of GDAL 3.12, no longer, since GDAL complains of names it lacks. Another GDAL may know other drivers: what is
    left is asked for, skipped as well, and asked for again.
    """
    os.environ["OGR_SKIP"] = _KNOWN_DRIVERS
    import pyogrio  # noqa: PLC0415
    from pyogrio import _ogr  # noqa: PLC0415

    left = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
    if left:
        skip = ",".join(sorted(left | set(_KNOWN_DRIVERS.split(","))))
        os.environ["OGR_SKIP"] = skip
        pyogrio.set_gdal_config_options({"OGR_SKIP": skip})
        _ogr._register_drivers()
        left = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
    if left:
        raise DriverGuardError(f"GDAL would not give up these drivers: {', '.join(sorted(left))}")


guard()
