import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { Button } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { createContext, useContext, useEffect, useMemo, useRef } from 'react';
import { Icon, type IconName } from '../Icon';
import type { Tone } from '../Pill';
import { type Arrow, type Flow, type Laid, layOut, neighbour, type Point, path } from './layout';
import './graph.css';

export type Box = {
  id: string;
  title: string;
  /** What it is, in a word or two. */
  kind: string;
  icon?: IconName;
  tone?: Tone;
  /** What is the matter with it, e.g. `2 problems`. */
  mark?: string;
};
export type Line = {
  id: string;
  from: string;
  to: string;
  label?: string;
  /** Drawn over the layout, dashed; it has no part in where boxes stand. */
  extra?: boolean;
};
type Lit = { boxes: ReadonlySet<string>; lines: ReadonlySet<string> };
type Props = {
  boxes: Box[];
  lines: Line[];
  flow: Flow;
  label: string;
  chosen?: string;
  onChoose: (id: string) => void;
  onOpen: (id: string) => void;
  /** What belongs to the chosen box; the rest steps back. */
  lit?: Lit;
  /** Whether the frame grows with the drawing instead of moving over it. */
  whole?: boolean;
};

const size = { width: 196, height: 54 };
/** The smallest scale at which the smallest words can be read. */
const READABLE = 0.8;
const Hands = createContext<Pick<Props, 'onChoose' | 'onOpen'> & { stop: string; laid: Laid }>({
  onChoose: () => undefined,
  onOpen: () => undefined,
  stop: '',
  laid: { boxes: new Map(), ways: new Map(), labels: new Map(), width: 0, height: 0 },
});

/** A drawing one can explore: click or arrow keys choose, Enter opens, buttons zoom. */
export default function Graph(props: Props) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function Drawing({ boxes, lines, flow, label, chosen, onChoose, onOpen, lit, whole = false }: Props) {
  const frame = useRef<HTMLElement>(null);
  const measured = useElementSize<HTMLElement>();
  const place = useMergedRef(frame, measured.ref);
  const shape = JSON.stringify([boxes.map((box) => box.id), lines.filter((line) => !line.extra), flow]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: laid out again where the shape is another
  const laid = useMemo(
    () =>
      layOut(
        boxes.map((box) => box.id),
        lines.filter((line) => !line.extra),
        flow,
        size,
        flow === 'down' ? { along: 40, across: 32 } : { along: 58, across: 14 },
      ),
    [shape],
  );
  const fits = whole && (measured.width === 0 || measured.width >= laid.width * READABLE);
  const stop = chosen && laid.boxes.has(chosen) ? chosen : (boxes[0]?.id ?? '');
  const hands = useMemo(() => ({ onChoose, onOpen, stop, laid }), [onChoose, onOpen, stop, laid]);
  const nodes: Node[] = boxes.map((box) => ({
    id: box.id,
    type: 'box',
    position: laid.boxes.get(box.id) ?? { x: 0, y: 0 },
    ...size,
    data: { box, flow, chosen: box.id === chosen, back: lit ? !lit.boxes.has(box.id) : false },
  }));
  const edges: Edge[] = lines.map((line) => ({
    id: line.id,
    source: line.from,
    target: line.to,
    type: 'way',
    data: { line, on: lit?.lines.has(line.id) ?? false, back: lit ? !lit.lines.has(line.id) : false },
  }));
  const move = (event: React.KeyboardEvent) => {
    if (!event.key.startsWith('Arrow') || !stop) return;
    event.preventDefault();
    const next = neighbour(laid.boxes, stop, event.key as Arrow);
    if (!next) return;
    onChoose(next);
    requestAnimationFrame(() =>
      frame.current?.querySelector<HTMLElement>(`[data-box="${CSS.escape(next)}"]`)?.focus({
        preventScroll: !fits,
      }),
    );
  };
  return (
    <Hands.Provider value={hands}>
      <section
        ref={place}
        className={fits ? 'graph whole' : 'graph'}
        aria-label={label}
        onKeyDown={move}
        style={fits ? { height: laid.height + 24 } : undefined}
      >
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          zoomOnScroll={false}
          preventScrolling={false}
          zoomOnDoubleClick={false}
          deleteKeyCode={null}
          minZoom={0.2}
          maxZoom={1.6}
          proOptions={{ hideAttribution: true }}
        >
          <View laid={laid} flow={flow} chosen={chosen} whole={fits} />
        </ReactFlow>
      </section>
    </Hands.Provider>
  );
}

/** The window on the drawing: begins where the drawing begins, follows the chosen box, zooms by buttons. */
function View({ laid, flow, chosen, whole }: { laid: Laid; flow: Flow; chosen?: string; whole: boolean }) {
  const view = useReactFlow();
  const place = useRef<HTMLDivElement>(null);
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const duration = still ? 0 : 120;
  useEffect(() => {
    const { clientWidth = 800, clientHeight = 500 } = place.current?.closest('.graph') ?? {};
    const fit = Math.min(1, clientWidth / laid.width, clientHeight / laid.height);
    const zoom = whole ? fit : Math.max(0.86, fit);
    const [first] = laid.boxes.values();
    const across = first && flow === 'down' ? clientWidth / 2 - (first.x + size.width / 2) * zoom : 0;
    const x = laid.width * zoom > clientWidth ? across : (clientWidth - laid.width * zoom) / 2;
    const start = first ? (first.y + size.height) * zoom : 0;
    // From its top where what the drawing begins with is in sight there, else from that.
    const y =
      laid.height * zoom <= clientHeight
        ? (clientHeight - laid.height * zoom) / 2
        : start < clientHeight - 24
          ? 0
          : clientHeight / 2 - start;
    void view.setViewport({ x, y, zoom });
  }, [view, laid, flow, whole]);
  useEffect(() => {
    const box = chosen ? laid.boxes.get(chosen) : undefined;
    const frame = place.current?.closest('.graph');
    if (!box || !frame || whole) return;
    const { x, y, zoom } = view.getViewport();
    const left = box.x * zoom + x;
    const top = box.y * zoom + y;
    const inside =
      left > 8 &&
      top > 8 &&
      left + size.width * zoom < frame.clientWidth - 8 &&
      top + size.height * zoom < frame.clientHeight - 8;
    if (!inside) void view.setCenter(box.x + size.width / 2, box.y + size.height / 2, { zoom, duration });
  }, [view, laid, chosen, whole, duration]);
  if (whole) return <div ref={place} />;
  return (
    <div ref={place} className="graph-zoom">
      <Button
        size="compact-sm"
        variant="default"
        aria-label="Nearer"
        onClick={() => void view.zoomIn({ duration })}
      >
        +
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        aria-label="Farther"
        onClick={() => void view.zoomOut({ duration })}
      >
        −
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => void view.fitView({ padding: 0.04, duration, maxZoom: 1 })}
      >
        Whole
      </Button>
    </div>
  );
}

type BoxData = { box: Box; flow: Flow; chosen: boolean; back: boolean };

function BoxNode({ data }: NodeProps<Node<BoxData>>) {
  const { onChoose, onOpen, stop } = useContext(Hands);
  const { box, flow, chosen, back } = data;
  const [into, out] = flow === 'right' ? [Position.Left, Position.Right] : [Position.Top, Position.Bottom];
  return (
    <>
      <Handle type="target" position={into} isConnectable={false} />
      <button
        type="button"
        data-box={box.id}
        className={`graph-box nopan ${box.tone ?? 'plain'}${chosen ? ' chosen' : ''}${back ? ' back' : ''}`}
        aria-pressed={chosen}
        tabIndex={box.id === stop ? 0 : -1}
        title={box.title}
        style={size}
        onClick={() => onChoose(box.id)}
        onDoubleClick={() => onOpen(box.id)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          onOpen(box.id);
        }}
      >
        <span className="graph-kind">
          {box.icon && <Icon name={box.icon} size={12} />}
          <span className="clip">{box.kind}</span>
          {box.mark && <span className="graph-mark">{box.mark}</span>}
        </span>
        <span className="graph-title clip">{box.title}</span>
      </button>
      <Handle type="source" position={out} isConnectable={false} />
    </>
  );
}

type WayData = { line: Line; on: boolean; back: boolean };

/** A third of the way along an extra line: its middle is likelier to be taken. */
function early({ sourceX, sourceY, targetX, targetY }: EdgeProps): Point {
  return { x: sourceX + (targetX - sourceX) * 0.26, y: sourceY + (targetY - sourceY) * 0.37 };
}

function Way(props: EdgeProps<Edge<WayData>>) {
  const { laid } = useContext(Hands);
  const { line, on, back } = props.data ?? { on: false, back: false };
  const points = line && !line.extra ? laid.ways.get(line.id) : undefined;
  const [bent, bentX, bentY] = getBezierPath(props);
  const ends: Point[] = points
    ? [{ x: props.sourceX, y: props.sourceY }, ...points.slice(1, -1), { x: props.targetX, y: props.targetY }]
    : [];
  const drawn = points && points.length > 3 ? path(ends) : bent;
  const middle = (line && laid.labels.get(line.id)) ?? (line?.extra ? early(props) : { x: bentX, y: bentY });
  const look = `graph-line${line?.extra ? ' extra' : ''}${on ? ' on' : ''}${back ? ' back' : ''}`;
  return (
    <>
      <BaseEdge path={drawn} className={look} interactionWidth={0} />
      {line?.label && (!line.extra || on) && (
        <EdgeLabelRenderer>
          <span
            className={`graph-label${on ? ' on' : ''}${back ? ' back' : ''}`}
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
          >
            {line.label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

const nodeTypes = { box: BoxNode };
const edgeTypes = { way: Way };
