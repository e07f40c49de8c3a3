/** Maps that look at one place at one scale: whichever is moved, the others follow. */

/**
 * @param {object[]} maps  of Leaflet, of one size
 * @param {(at: {centre: object, zoom: number}) => void} told  where they look now
 * @returns {() => void} lets them go
 */
export function link(maps, told) {
  let leading = null;
  let later = 0;
  const follow = (leader) => {
    later = 0;
    leading = leader;
    const [centre, zoom] = [leader.getCenter(), leader.getZoom()];
    for (const other of maps) if (other !== leader) other.setView(centre, zoom, { animate: false });
    told({ centre, zoom });
    leading = null;
  };
  const moved = maps.map((map) => {
    // While a hand drags one map, the others are drawn once a frame at most.
    const soon = () => {
      if (leading) return;
      later ||= requestAnimationFrame(() => follow(map));
    };
    const now = () => {
      if (leading) return;
      cancelAnimationFrame(later);
      follow(map);
    };
    map.on("move", soon);
    map.on("moveend", now);
    return () => map.off("move", soon).off("moveend", now);
  });
  return () => {
    cancelAnimationFrame(later);
    moved.forEach((own) => own());
  };
}
