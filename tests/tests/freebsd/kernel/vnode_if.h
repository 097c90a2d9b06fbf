/*
 * What FreeBSD's build makes of its list of vnode operations, as far as the
 * module calls them: the real file is not among the headers that come from
 * elsewhere. Here they are functions without bodies.
 */

#ifndef VNODE_IF_STANDIN_H
#define VNODE_IF_STANDIN_H

struct ucred;
struct uio;
struct vattr;
struct vnode;

int VOP_GETATTR(struct vnode *vp, struct vattr *vap, struct ucred *cred);
int VOP_READDIR(struct vnode *vp, struct uio *uio, struct ucred *cred, int *eofflag, int *ncookies,
    __UINT64_TYPE__ **cookies);
int VOP_UNLOCK(struct vnode *vp);

#endif
