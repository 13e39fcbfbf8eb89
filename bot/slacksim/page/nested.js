// nested are blocks with all that stand inside of them, in the order in which they are seen.
export function nested(blocks) {
  return (blocks || []).flatMap((block) => [block, ...nested(children(block))]);
}

function children(block) {
  switch (block.type) {
    case 'container': return block.child_blocks;
    case 'carousel': return block.elements;
    case 'plan': return block.tasks;
    case 'layout': return (block.rows || []).flatMap((row) => (row.items || []).map((item) => item.block).filter(Boolean));
    default: return [];
  }
}
