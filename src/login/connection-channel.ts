/** The channel by which a process tells the others that a connection was made, changed or removed. */
export const connectionChannel = 'symbolon_connection';
