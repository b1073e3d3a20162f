/** What one may do, each with all before it: who submits must be able to ask what became of it, who manages sees what there is. */
export const ROLES = ['read', 'submit', 'manage'] as const

export type Role = (typeof ROLES)[number]

/** Whether who has `role` may do what needs `needed`. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}
